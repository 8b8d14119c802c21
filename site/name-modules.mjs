import { Converter, ReflectionKind } from 'typedoc';

/** Names the modules of the API reference as users import them. */
export function load({ converter }) {
  converter.on(Converter.EVENT_CREATE_DECLARATION, (_, reflection) => {
    if (reflection.kind !== ReflectionKind.Module) return;
    const path = reflection.name.replace(/^(index$|rails\/)/, '');
    reflection.name = path === '' ? 'ai-sdk-a2a-settlement' : `ai-sdk-a2a-settlement/${path}`;
  });
}

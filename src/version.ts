declare const __PACKAGE_VERSION__: string | undefined;

/** Set by the build. */
export const VERSION: string =
  typeof __PACKAGE_VERSION__ === 'undefined' ? '0.0.0-development' : __PACKAGE_VERSION__;

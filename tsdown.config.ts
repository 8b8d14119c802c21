import { defineConfig } from 'tsdown';
import packageJson from './package.json' with { type: 'json' };

const dependencies = Object.keys({
  ...packageJson.dependencies,
  ...packageJson.peerDependencies,
});

export default defineConfig([
  {
    name: 'library',
    entry: {
      index: 'src/index.ts',
      'agent/index': 'src/agent/index.ts',
      'rails/nevermined/index': 'src/rails/nevermined/index.ts',
      'sandbox/index': 'src/sandbox/index.ts',
      'stores/index': 'src/stores/index.ts',
      'tools/index': 'src/tools/index.ts',
      'rails/x402/index': 'src/rails/x402/index.ts',
    },
    platform: 'neutral',
    target: 'es2022',
    define: { __PACKAGE_VERSION__: JSON.stringify(packageJson.version) },
    // Every import of the output is one of these: a Node built-in fails the build.
    deps: { neverBundle: true, onlyImport: dependencies },
    dts: true,
    sourcemap: true,
    failOnWarn: true,
  },
  {
    name: 'cli',
    entry: { 'cli/bin': 'src/cli/bin.ts' },
    platform: 'node',
    target: 'node22',
    fixedExtension: false,
    define: { __PACKAGE_VERSION__: JSON.stringify(packageJson.version) },
    deps: { neverBundle: true, onlyImport: dependencies },
    dts: false,
    sourcemap: true,
    failOnWarn: true,
  },
]);

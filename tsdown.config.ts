import { defineConfig } from 'tsdown';
import packageJson from './package.json' with { type: 'json' };

const dependencies = Object.keys({
  ...packageJson.dependencies,
  ...packageJson.peerDependencies,
});

/**
 * Entries for the build alone. What the root entry is made of then comes in files of its own, and a
 * bundler leaves out those of which nothing is used, whatever they do when they are loaded.
 */
const parts = {
  'parts/agent-card': 'src/provider/agent/parse-agent-card.ts',
  'parts/agent-auth': 'src/provider/agent/agent-auth.ts',
  'parts/card-signature': 'src/provider/agent/verify-card-signature.ts',
  'parts/client-agent': 'src/provider/agent/client-agent.ts',
  'parts/exchange-escrows': 'src/rails/exchange/exchange-escrows.ts',
  'parts/receipts': 'src/settlement/state/settlement-ui-message.ts',
  'parts/recovery': 'src/settlement/recovery/recovery.ts',
  'parts/replica-set': 'src/provider/agent/replica-set.ts',
  'parts/spend': 'src/settlement/state/spend.ts',
  'parts/register-account': 'src/rails/exchange/register-account.ts',
  'parts/spending-limits': 'src/settlement/plan/spending-limits.ts',
  'parts/exchange-rail': 'src/rails/exchange/exchange-rail.ts',
  'parts/json-answers': 'src/provider/answer/json/json-reading.ts',
  'parts/litellm': 'src/provider/litellm/create-litellm.ts',
  'parts/provider': 'src/provider/a2a-provider.ts',
  'parts/settlement': 'src/settlement/create-settlement.ts',
  'parts/settlement-error': 'src/rails/settlement-error.ts',
  'parts/settling': 'src/settlement/settling.ts',
};

/**
 * Each set of parts that share something would get a file of its own for it, and many small files compress
 * badly. No file is of two rooms, and error classes stand apart, so that each can be imported alone.
 */
const groups = [
  {
    name: 'agent-errors',
    test: /src\/provider\/(?:client\/(?:a2a-error|agent-call-error)|agent\/auth-error)\.ts$/,
  },
  {
    name: 'shared',
    test: /src\/internal\/(?:exchange-currency|hmac-sha256|is-never-connected|is-same-secret|location-of|log-warnings-on-edge|longest-timer|on-demand|open-telemetry|option-schemas|race-with-abort|read-limited-text|redact-headers|to-hex|settled-call|to-sorted-json|why-unreachable)\.ts$/,
  },
  {
    name: 'shared-by-agents',
    test: /src\/provider\/(?:client\/(?:a2a-limits|a2a-response-error|ids-of|unreachable-error)|answer\/json\/is-json-object)\.ts$/,
  },
];

/**
 * Built in: under the `node` condition a bundler would take its build for Node, with a `fetch` of its
 * own (36 kB gzipped) that no supported Node needs. It stays a dependency, so that its version and its
 * license are with every installation.
 */
const builtIn = ['ofetch', 'destr', 'ufo'];

export default defineConfig([
  {
    name: 'library',
    entry: {
      index: 'src/index.ts',
      'agent/index': 'src/agent/index.ts',
      'rails/nevermined/index': 'src/rails/nevermined/index.ts',
      'recording/index': 'src/recording/index.ts',
      'sandbox/index': 'src/sandbox/index.ts',
      'stores/index': 'src/stores/index.ts',
      'tools/index': 'src/tools/index.ts',
      'rails/x402/index': 'src/rails/x402/index.ts',
      'wallet/index': 'src/wallet/index.ts',
      ...parts,
    },
    platform: 'neutral',
    target: 'es2022',
    define: { __PACKAGE_VERSION__: JSON.stringify(packageJson.version) },
    // Every import of the output is one of these: a Node built-in fails the build.
    deps: { neverBundle: true, alwaysBundle: builtIn, onlyImport: dependencies },
    outputOptions: { codeSplitting: { groups } },
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

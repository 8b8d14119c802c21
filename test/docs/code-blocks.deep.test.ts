import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** What readers have imported: most blocks would begin with the same lines. */
const importedValues = {
  ai: [
    'convertToModelMessages',
    'generateText',
    'streamText',
    'ToolLoopAgent',
    'toUIMessageStream',
    'wrapLanguageModel',
  ],
  '@ai-sdk/react': ['useChat'],
  'ai-sdk-a2a-settlement': [
    'SettlementError',
    'a2a',
    'createA2A',
    'createLiteLLM',
    'createSettlement',
    'exchangeRail',
    'getReceipt',
    'registerAccount',
    'settlementMessageMetadata',
    'settlementMiddleware',
    'spend',
    'spendTotals',
  ],
  'ai-sdk-a2a-settlement/agent': [
    'acceptExchange',
    'acceptNevermined',
    'acceptX402',
    'createAgentHandler',
    'createPaidAgent',
    'requirePayment',
    'storedEscrowBindings',
    'storedTaskStore',
    'traceHeaders',
    'verifyEscrow',
  ],
  '@x402/core/server': ['HTTPFacilitatorClient', 'x402ResourceServer'],
  '@x402/evm/exact/server': ['ExactEvmScheme'],
  'ai-sdk-a2a-settlement/nevermined': ['nevermined'],
  'ai-sdk-a2a-settlement/sandbox': ['createSandbox'],
  'ai-sdk-a2a-settlement/tools': ['firstAccepted', 'paidAgentTool'],
  'ai-sdk-a2a-settlement/x402': ['x402'],
  'zod/v4': ['z'],
};
const importedTypes = {
  ai: ['ToolSet'],
  'ai-sdk-a2a-settlement': [
    'A2ALanguageModelOptions',
    'LiteLLMLanguageModelOptions',
    'SettlementReceipt',
    'SettlementUIMessage',
  ],
  'ai-sdk-a2a-settlement/agent': ['AgentExecutor'],
};

/** What readers have of their own. Where a block declares the same name, its own counts. */
const given = {
  accepts: "import('ai-sdk-a2a-settlement/agent').RequirePaymentOptions['accepts']",
  account: "import('viem/accounts').PrivateKeyAccount",
  accountId: 'string',
  agent: "ReturnType<typeof import('ai').wrapLanguageModel>",
  agentId: 'string',
  agents: "import('ai-sdk-a2a-settlement').A2AProvider",
  apiKey: 'string',
  askSomebody: '(agent: string, amount: number) => Promise<boolean>',
  card: "import('ai-sdk-a2a-settlement/agent').AgentHandlerOptions['card']",
  chain: "import('ai-sdk-a2a-settlement').SettlementRail",
  contextId: 'string',
  createExchange: "typeof import('../../src/sandbox/exchange/create-exchange').createExchange",
  createNevermined:
    "typeof import('../../src/sandbox/nevermined/create-nevermined').createNevermined",
  exchangeUrl: 'string',
  executor: "import('ai-sdk-a2a-settlement/agent').AgentHandlerOptions['executor']",
  facilitatorUrl: 'string',
  handler: '(request: Request) => Promise<Response>',
  litellm: "import('ai-sdk-a2a-settlement').LiteLLMProvider",
  log: '(line: object) => void',
  message: '{ id: string }',
  messages: "import('ai').UIMessage[]",
  metrics: '{ count: (name: string, labels: object) => void }',
  model: "ReturnType<typeof import('ai').wrapLanguageModel>",
  myKeys: 'Map<string, JsonWebKey>',
  planId: 'string',
  poet: "import('ai-sdk-a2a-settlement/agent').PaidAgent",
  publicJwk: "import('ai-sdk-a2a-settlement').A2ACardKey",
  readSecret: '(name: string) => Promise<string>',
  receipts: "import('ai-sdk-a2a-settlement').ReceiptStore",
  reject: '(reason: string) => void',
  request: 'Request',
  requestContext: "import('@a2a-js/sdk/server').RequestContext",
  requestId: 'string',
  result: "ReturnType<typeof import('ai').streamText>",
  session: '{ userId: string }',
  settlement: "import('ai-sdk-a2a-settlement').Settlement",
  storage: "import('ai-sdk-a2a-settlement/stores').AtomicStorage",
  token: 'string',
  url: 'string',
  virtualKey: 'string',
  wallet: "import('ai-sdk-a2a-settlement/wallet').Wallet",
  webhook: 'string',
};

it('compiles the blocks of code in README, docs and doc comments', () => {
  const files = globSync(['README.md', 'docs/**/*.md', 'src/**/*.ts'], { cwd: repository });
  const blocks = files.flatMap(readBlocks);
  expect(blocks.length).toBeGreaterThan(30);

  expect(compile(new Map([...blocks, ['test/docs/given.ts', declarations()]]))).toEqual([]);
});

/** The blocks of one file, each under a name that says where it is. */
function readBlocks(file: string): Array<[path: string, code: string]> {
  const text = readFileSync(join(repository, file), 'utf8');
  return [...text.matchAll(/^(?: *\* )?```(tsx?)(?: runnable)?\n(.*?)^(?: *\* )?```$/gms)].map(
    (match) => {
      const line = text.slice(0, match.index).split('\n').length;
      const code = file.endsWith('.ts') ? match[2]?.replaceAll(/^ *\* ?/gm, '') : match[2];
      return [`test/docs/${file.replaceAll('/', '_')}_${line}.${match[1]}`, `${code}\nexport {};`];
    },
  );
}

function declarations(): string {
  const values = Object.entries(importedValues).flatMap(([from, names]) =>
    names.map((name) => `const ${name}: typeof import('${from}').${name};`),
  );
  const types = Object.entries(importedTypes).flatMap(([from, names]) =>
    names.map((name) => `type ${name} = import('${from}').${name};`),
  );
  const own = Object.entries(given).map(([name, type]) => `const ${name}: ${type};`);
  return `export {}; declare global { ${[...values, ...types, ...own].join('\n')} }`;
}

/** What the compiler has to say about files that are on no disk, with the settings of this package. */
function compile(sources: Map<string, string>): string[] {
  const { config } = ts.readConfigFile(join(repository, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, repository);
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  const sourceOf = (path: string) => sources.get(path.slice(repository.length));
  host.fileExists = (path) => sourceOf(path) !== undefined || fileExists(path);
  host.readFile = (path) => sourceOf(path) ?? readFile(path);
  host.getSourceFile = (path, version, ...others) => {
    const source = sourceOf(path);
    return source === undefined
      ? getSourceFile(path, version, ...others)
      : ts.createSourceFile(path, source, version);
  };
  const paths = [...sources.keys()].map((path) => join(repository, path));
  const modules = join(repository, 'test/examples/cloudflare-workers.d.ts');
  const program = ts.createProgram([...paths, modules], options, host);
  return paths
    .map((path) => program.getSourceFile(path))
    .flatMap((file) => [
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
    ])
    .map(({ file, messageText, start = 0 }) => {
      const line = file?.getLineAndCharacterOfPosition(start).line ?? 0;
      return `${file?.fileName.slice(repository.length)} +${line + 1}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
}

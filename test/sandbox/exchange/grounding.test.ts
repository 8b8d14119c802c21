import { describe, expect, it } from 'vitest';
import { createExchange } from '../../../src/sandbox/exchange/create-exchange';
import { connect } from './exchange-client';

function setUp() {
  const exchange = createExchange();
  const payer = connect(exchange, exchange.register('payer').apiKey);
  const { accountId, apiKey } = exchange.register('payee');
  const payee = connect(exchange, apiKey);
  const deliver = async (content: string, grounding: unknown) => {
    const escrow = await payer.hold({ provider_id: accountId, amount: 1 });
    const answer = await payee.post(`/exchange/escrow/${escrow}/deliver`, {
      content,
      provenance: {
        source_type: 'web',
        attestation_level: 'self_declared',
        grounding_metadata: grounding,
      },
    });
    return { answer, escrow: await payer.escrow(escrow) };
  };
  const checks = async (content: string, grounding: unknown) => {
    const { escrow } = await deliver(content, grounding);
    return Reflect.get(Object(escrow['provenance_result']), 'checks');
  };
  return { checks, deliver };
}

const segment = (start_index: number, end_index: number) => ({ text: 'x', start_index, end_index });
const chunk = (uri: string) => ({ uri });

describe('what a delivery says it rests on', () => {
  it.each<[string, object, string[]]>([
    ['nothing', {}, ['grounding_chunks_empty', 'grounding_supports_valid:True']],
    [
      'two hosts, and a coverage of its own',
      { chunks: [chunk('https://x.org/a'), chunk('http://y.org:80?b')], coverage: 0.51 },
      [
        'grounding_chunks_present:2',
        'grounding_supports_valid:True',
        'grounding_coverage:0.51',
        'grounding_sufficient',
        'grounding_source_diversity:2',
      ],
    ],
    [
      'one host, half the text',
      {
        chunks: [chunk('https://x.org/a'), chunk('https://x.org/b'), chunk('')],
        supports: [{ segment: segment(0, 5), chunk_indices: [0, 1] }],
      },
      [
        'grounding_chunks_present:3',
        'grounding_supports_valid:True',
        'grounding_coverage:0.50',
        'grounding_insufficient',
        'grounding_single_source',
      ],
    ],
    [
      'segments that overlap, and leave the text',
      {
        chunks: [chunk('no address')],
        supports: [
          { segment: segment(-3, 4), chunk_indices: [] },
          { segment: segment(2, 6), chunk_indices: [0] },
          { segment: segment(9, 99), chunk_indices: [0] },
          { segment: segment(8, 7), chunk_indices: [0] },
        ],
      },
      [
        'grounding_chunks_present:1',
        'grounding_supports_valid:True',
        'grounding_coverage:0.70',
        'grounding_sufficient',
        'grounding_single_source',
      ],
    ],
    [
      'chunks that there are not',
      {
        chunks: [chunk('https://x.org')],
        supports: [{ segment: segment(0, 0), chunk_indices: [0, 1] }],
      },
      [
        'grounding_chunks_present:1',
        'grounding_supports_valid:False',
        'grounding_coverage:0.00',
        'grounding_insufficient',
        'grounding_single_source',
      ],
    ],
    [
      'a chunk before the first',
      { supports: [{ segment: segment(0, 10), chunk_indices: [-1] }], coverage: 0 },
      [
        'grounding_chunks_empty',
        'grounding_supports_valid:False',
        'grounding_coverage:0.00',
        'grounding_insufficient',
      ],
    ],
  ])('%s', async (_, grounding, expected) => {
    const { checks } = setUp();
    // Ten characters, of which one takes two places in JavaScript.
    expect(await checks('01234567😀9', grounding)).toEqual(expected);
  });

  it('is not assessed where nothing is said, and has no coverage of an empty text', async () => {
    const { checks } = setUp();
    expect(await checks('0123456789', null)).toEqual([]);
    expect(await checks('', { supports: [{ segment: segment(0, 1), chunk_indices: [] }] })).toEqual(
      ['grounding_chunks_empty', 'grounding_supports_valid:True'],
    );
  });

  // As Python formats them.
  it.each([
    [0.125, '0.12'],
    [0.375, '0.38'],
    [0.625, '0.62'],
    [0.875, '0.88'],
    [0.025, '0.03'],
    [0.535, '0.54'],
    [1.005, '1.00'],
    [2.675, '2.67'],
    [-0.125, '-0.12'],
    [0.015, '0.01'],
    ['0.5', '0.50'],
    [true, '1.00'],
  ])('covers %s, written as %s', async (coverage, written) => {
    const { checks } = setUp();
    expect(await checks('text', { coverage })).toContain(`grounding_coverage:${written}`);
  });

  it('is kept with its defaults, and without what the exchange does not know', async () => {
    const { deliver } = setUp();
    const { escrow } = await deliver('text', { chunks: [{ uri: 'u', other: 1 }], other: 1 });
    expect(escrow).toMatchObject({
      provenance: {
        grounding_metadata: {
          chunks: [{ uri: 'u', title: null }],
          supports: [],
          search_queries: [],
          coverage: null,
        },
      },
    });
    expect(JSON.stringify(escrow)).not.toContain('other');
  });

  it.each<[object, object]>([
    [{ chunks: [{}] }, { type: 'missing', loc: at('chunks', 0, 'uri') }],
    [{ chunks: 'x' }, { type: 'list_type', loc: at('chunks') }],
    [
      { supports: [{ segment: { text: 'x', start_index: 0 }, chunk_indices: [] }] },
      { type: 'missing', loc: at('supports', 0, 'segment', 'end_index') },
    ],
    [{ coverage: 'much' }, { type: 'float_parsing', loc: at('coverage') }],
    [{ coverage: [] }, { type: 'float_type', loc: at('coverage') }],
  ])('%j is refused', async (grounding, detail) => {
    const { deliver } = setUp();
    expect((await deliver('text', grounding)).answer).toMatchObject({
      status: 422,
      body: { detail: [detail] },
    });
  });
});

function at(...path: (string | number)[]) {
  return ['body', 'provenance', 'grounding_metadata', ...path];
}

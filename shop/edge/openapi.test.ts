// Is the shop's description of itself one that others' tools take, and are its examples true?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { openapi, parse } from 'offshoot/contract';
import { gateway } from './gateway.ts';

const document = openapi(gateway.contracts, { title: 'The shop', version: '1', ...gateway.about });

test('an unmodified linter of somebody else finds nothing to say, not even a warning', async () => {
  const config = await createConfig({ extends: ['recommended'] });
  const source = JSON.stringify(document);
  const problems = await lintFromString({ source, absoluteRef: '/openapi.json', config });
  assert.deepEqual(
    problems.map(
      ({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer}: ${message}`,
    ),
    [],
  );
});

test('the linter would say something', async () => {
  const config = await createConfig({ extends: ['recommended'] });
  const source = JSON.stringify({ ...document, servers: undefined });
  const problems = await lintFromString({ source, absoluteRef: '/openapi.json', config });
  assert.equal(problems.length, 1);
});

test('every example fits the contract that it stands in', () => {
  const all = gateway.contracts.flatMap((one) => Object.values(one.operations));
  const given = all.filter(({ spec }) => spec.example);
  assert.ok(given.length >= 10, `only ${given.length} examples`);
  for (const { service, name, input, output, spec } of given) {
    const where = `${service}.${name}`;
    const tags = spec.ifMatch ? { [spec.ifMatch]: ['1'] } : {};
    const sent = { ...(spec.example?.input ?? {}), ...tags };
    assert.deepEqual(parse(input, sent).ok, true, `${where} input`);
    if (spec.example?.output === undefined) continue;
    const answered = parse(output, spec.example.output);
    assert.ok(answered.ok, `${where} output: ${JSON.stringify(answered)}`);
  }
});

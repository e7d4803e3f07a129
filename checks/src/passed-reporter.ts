// A test reporter that says which tests of which files ran and passed: a JSON line each.
import type { TestEvent } from 'node:test/reporters';

export default async function* passed(source: AsyncIterable<TestEvent>) {
  for await (const { type, data } of source)
    if (type === 'test:pass' && !data.skip && !data.todo)
      yield `${JSON.stringify({ file: data.file ?? '', name: data.name })}\n`;
}

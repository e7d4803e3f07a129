// A test reporter that says which tests of which files ran and passed: a JSON line each.
export default async function* passed(source) {
  for await (const { type, data } of source)
    if (type === 'test:pass' && !data.skip && !data.todo)
      yield `${JSON.stringify({ file: data.file ?? '', name: data.name })}\n`;
}

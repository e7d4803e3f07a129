// How are records shown to a person? A column a field, as wide as its widest cell.

/** Lines of text: a head and a row each. A nested record is its values; what is null is `-`. */
export function table(records: readonly Readonly<Record<string, unknown>>[]): string {
  const names = [...new Set(records.flatMap((one) => Object.keys(one)))];
  const rows = [names, ...records.map((one) => names.map((name) => cell(one[name])))];
  const widths = names.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) => row.map((text, column) => text.padEnd(widths[column]!)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}

function cell(value: unknown): string {
  if (value === null || value === undefined || value === '') return '-';
  return typeof value === 'object' ? Object.values(value).map(String).join(' ') : String(value);
}

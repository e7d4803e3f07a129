// Which addresses count as one caller?

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const PREFIX_GROUPS = 4;
const GROUPS = 8;

/**
 * An IPv4 address as it is, also where it comes dressed as IPv6; of an IPv6 address its first 64
 * bits, because everybody who has one has all of those.
 */
export function networkOf(address: string): string {
  const mapped = MAPPED.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('%', 1)[0]!.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const zeros = Array<string>(Math.max(0, GROUPS - before.length - after.length)).fill('0');
  const all = [...before, ...zeros, ...after].slice(0, PREFIX_GROUPS);
  return `${all.map((one) => one.replace(/^0+(?=.)/, '').toLowerCase()).join(':')}::/64`;
}

// Which parts of a request are odd, by the place that they take in the grammar?
import { OPEN_PATH } from './lane.ts';

export const METHODS = [
  ...['GET', 'GET', 'GET', 'POST', 'POST', 'POST', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS'],
  ...['PATCH', 'get', 'TRACE', 'CONNECT', 'X'],
];
export const TARGETS = [
  ...[`${OPEN_PATH}?a=b`, '/smuggled', '/', '*', 'a:80', '', `http://a${OPEN_PATH}`],
  ...[`http://b${OPEN_PATH}`, `/${OPEN_PATH}`, `${OPEN_PATH}/../secrets`, `${OPEN_PATH}%2f..`],
  ...[`${OPEN_PATH}#a`, `${OPEN_PATH} x`, `${OPEN_PATH}\u0000`, `${OPEN_PATH}\u00e4`],
];
export const PROTOCOLS = [
  ...['HTTP/1.0', 'HTTP/2.0', 'HTTP/0.9', 'HTTP/1.2', 'http/1.1', 'HTTP/1.1 ', 'HTTP/1', ''],
];
export const LINE_ENDS = [
  ...['\n', '\r', '\r\r\n', '\n\r', '\u0000\r\n', ' \r\n', '', '\u000b\r\n', '\u0085', '\r\n '],
];
export const COLONS = [
  ...[' :', '\t:', '::', '', ':\t', ':\u000b', ': \r\n ', ':\r\n\t', '\u0000:', ': ,', '=', ';'],
];
export const SPACES = ['  ', '\t', '', '\u000b', '\u00a0', '\r'];
export const CODINGS = [
  ...['chunked', 'Chunked', 'identity', 'gzip, chunked', 'chunked, identity', 'xchunked'],
  ...['chunked,', ',chunked', 'chunked;a=b', '"chunked"', 'chunked\u0000', '\u000bchunked'],
  ...['chunked chunked', 'chunked, chunked', '', 'chun\u00c4\u00b1ked'],
];
export const LENGTHS = [
  ...['0', '1', '2', '00', '+2', '-1', '0x2', '2 2', '2,2', '2, 2', '2.0', '1e1', '', '02'],
  ...['99999999999999999999', '\u00a02', '2\u0000', '18446744073709551618'],
];
export const CHUNK_SIZES = [
  ...['0', '+1', '-1', '0x1', '1 ', ' 1', '1g', '', 'ffffffff', '100000001', '10000000000000001'],
  ...['1\u0000', '01', '000', '1_0', '"1"'],
];
export const EXTENSIONS = [
  ...[';a=b', ';', ' ;a', ';a="b', ';a=\n', '\n', '\r', ' ', ';a=b;c=d', ';a="\r\n"', ';\u0000'],
];
export const HEADERS = [
  ...['Connection: close', 'Connection: keep-alive', 'Connection: transfer-encoding'],
  ...['Connection: content-length', 'Connection: x-user-id', 'Expect: 100-continue', 'Expect: x'],
  ...['Upgrade: h2c\r\nConnection: Upgrade', 'Host: b', 'Host : a', 'X-User-Id: attacker'],
  ...['Offshoot-Principal: attacker', 'X_User_Id: attacker', 'Content-Length : 2', 'X A: b'],
  ...['Transfer-Encoding : chunked', 'Transfer_Encoding: chunked', 'Content_Length: 9', ' X-A: b'],
  ...['\tX-A: b', 'X-A', ': b', 'X-A: b\rX-B: c', 'X-A: b\nX-B: c', 'X-A: \u0000', 'X-A:'],
  ...['X-A: b', 'TE: trailers', 'Trailer: X-A', 'Keep-Alive: timeout=1', 'Cookie: a=b'],
  ...['Content-Encoding: gzip', 'Proxy-Connection: close', 'GET /smuggled HTTP/1.1'],
];
export const BYTES = [
  ...['\r', '\n', '\r\n', '\u0000', ' ', '\t', ':', ',', ';', '0', '\u007f', '\u00ff'],
  ...['\r\n\r\n', '\r\n ', 'chunked', 'Content-Length: 2\r\n'],
];
export const BODIES = [
  ...['{}', '{}', '{"a":1}', 'x', '0\r\n\r\n', 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n'],
];

// Do both ends of a connection learn who the other one is, and is everybody else refused?
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, test } from 'node:test';
import { connect, createServer, type TLSSocket } from 'node:tls';
import type { CertificateSource, Certificates } from 'offshoot/runtime';
import { mutualTls, nodeRuntime } from 'offshoot/runtime/node';
import { certificateAuthority } from './authority.ts';
import { certificate, privateKey } from './certificate.ts';
import { renewedCertificates } from './renewed.ts';

const runtime = nodeRuntime();
const HOUR_MS = 3_600_000;
const seed = new Uint8Array(32).fill(3);
const authority = certificateAuthority({ runtime, trustDomain: 'shop.local', seed });
const fixed = (current: Certificates): CertificateSource => ({
  current: () => current,
  onRenewed: () => () => {},
});
const issued = (path: string, lifeMs = HOUR_MS) => authority.issue(path, lifeMs);
const admits = (...paths: string[]) => {
  const ids = paths.map((path) => `spiffe://shop.local/${path}`);
  return (id: string) => ids.includes(id);
};

interface Heard {
  readonly port: number;
  readonly faults: string[];
  readonly believed: string[];
}

async function listening(
  source: CertificateSource,
  believes: (id: string) => boolean,
): Promise<Heard> {
  const tls = mutualTls(source);
  const faults: string[] = [];
  const believed: string[] = [];
  const server = createServer(tls.serverOptions(), (socket) => {
    socket.on('error', () => {});
    const fault = tls.fault(socket, believes);
    if (fault !== undefined) {
      faults.push(fault);
      socket.destroy();
    } else {
      believed.push(socket.getPeerX509Certificate()?.subjectAltName ?? '');
      socket.end('welcome');
    }
  });
  const stop = tls.renew(server);
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => {
    stop();
    server.close();
  });
  return { port: (server.address() as { port: number }).port, faults, believed };
}

/** What the server said, or why there is no connection. */
function greeting(
  { port }: Heard,
  source: CertificateSource,
  believes: (id: string) => boolean,
): Promise<string> {
  return new Promise((resolve) => {
    const options = mutualTls(source).dialOptions(believes);
    let said = '';
    const socket: TLSSocket = connect({ port, host: '127.0.0.1', ...options });
    socket.on('data', (bytes) => {
      said += bytes;
    });
    socket.on('error', (error) => resolve(error.message));
    socket.on('close', () => resolve(said === '' ? 'cut off' : said));
  });
}

const goods = fixed(issued('host/goods'));
const sales = fixed(issued('host/sales'));

test('two hosts believe each other by the URIs of their certificates, and nothing else', async () => {
  const server = await listening(goods, admits('host/sales'));
  assert.equal(await greeting(server, sales, admits('host/goods')), 'welcome');
  assert.deepEqual(server.believed, ['URI:spiffe://shop.local/host/sales']);
  const { subject, ca, keyUsage } = new X509Certificate(issued('host/sales').certificate);
  assert.deepEqual(
    [subject, ca, keyUsage],
    ['CN=host/sales', false, ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']],
  );
});

test('the same secret makes the same authority in every process', () => {
  const twin = certificateAuthority({ runtime, trustDomain: 'shop.local', seed });
  assert.equal(twin.certificate, authority.certificate);
  const leaf = new X509Certificate(twin.issue('host/a', HOUR_MS).certificate);
  const { publicKey } = new X509Certificate(authority.certificate);
  assert.ok(leaf.verify(publicKey) && new X509Certificate(authority.certificate).ca);
});

const otherSeed = new Uint8Array(32).fill(4);
const stranger = certificateAuthority({ runtime, trustDomain: 'shop.local', seed: otherSeed });
/** Signed by the authority itself, with whatever names and times. */
function signedAs(plan: {
  uris: readonly string[];
  subject?: string;
  notAfter?: number;
  notBefore?: number;
}) {
  const secret = runtime.randomBytes(32);
  const { cryptography } = runtime;
  const issuer = 'Offshoot development authority of shop.local';
  const now = runtime.now();
  const times = { notBefore: now - 60_000, notAfter: now + HOUR_MS };
  const x = cryptography.signingKey(secret).x;
  const whole = {
    subject: 'x',
    issuer,
    x,
    serial: runtime.randomBytes(8).fill(1),
    ...times,
    ...plan,
  };
  const made = certificate(whole, cryptography.signingKey(seed));
  return fixed({ certificate: made, key: privateKey(secret), authorities: authority.certificate });
}
const own = 'spiffe://shop.local/host/sales';
const past = runtime.now() - 10_000;
const BAD: Readonly<Record<string, readonly [CertificateSource, RegExp]>> = {
  'another host': [fixed(issued('host/money')), /host\/money, which has no business here/],
  'another trust domain': [signedAs({ uris: ['spiffe://evil.local/host/sales'] }), /evil\.local/],
  'the certificate of another authority': [
    fixed({ ...stranger.issue('host/sales', HOUR_MS), authorities: authority.certificate }),
    /UNABLE_TO_VERIFY|unable to verify|SELF_SIGNED|signature/i,
  ],
  'an expired certificate': [signedAs({ uris: [own], notAfter: past }), /CERT_HAS_EXPIRED|expired/],
  'a certificate of tomorrow': [
    signedAs({ uris: [own], notBefore: runtime.now() + HOUR_MS }),
    /CERT_NOT_YET_VALID|not yet valid/,
  ],
  'a name in its subject alone': [signedAs({ uris: [], subject: own }), /no SPIFFE id/],
  'two ids': [signedAs({ uris: [own, 'spiffe://shop.local/host/goods'] }), /or several/],
  'an id and another URI': [signedAs({ uris: [own, 'https://shop.local'] }), /or several/],
  'a web address': [signedAs({ uris: ['https://shop.local/host/sales'] }), /no SPIFFE id/],
  'an id without a path': [signedAs({ uris: ['spiffe://shop.local'] }), /no SPIFFE id/],
  'an id in an odd spelling': [
    signedAs({ uris: ['spiffe://shop.local/host/sales?x'] }),
    /no SPIFFE/,
  ],
  'an id with a comma': [signedAs({ uris: [`https://x, URI:${own}`] }), /no SPIFFE/],
};

for (const [what, [source, reason]] of Object.entries(BAD)) {
  test(`a client that shows ${what} is refused, and the server can say why`, async () => {
    const server = await listening(goods, admits('host/sales'));
    assert.notEqual(await greeting(server, source, admits('host/goods')), 'welcome');
    assert.match(server.faults.join(), reason);
    assert.deepEqual(server.believed, []);
  });
  test(`a server that shows ${what} is refused by its client, who can say why`, async () => {
    const server = await listening(source, () => true);
    assert.match(await greeting(server, goods, admits('host/sales')), reason);
  });
}

test('who shows nothing is refused', async () => {
  const server = await listening(goods, admits('host/sales'));
  const said = await new Promise((resolve) => {
    const socket = connect({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false });
    socket.on('error', resolve).on('close', resolve);
  });
  assert.ok(said !== undefined);
  assert.deepEqual(server.faults, ['it showed no certificate']);
});

test('a certificate is renewed at half of its life, and the new one is shown at once', async () => {
  const life = { runtime, authority, lifeMs: HOUR_MS };
  const source = renewedCertificates({ ...life, path: 'host/goods' });
  const client = renewedCertificates({ ...life, path: 'host/sales' });
  const server = await listening(source, admits('host/sales'));
  const shown = new Set<string>();
  for (let turn = 0; turn < 20; turn += 1) {
    shown.add(source.current().certificate);
    assert.equal(await greeting(server, client, admits('host/goods')), 'welcome');
    source.renew();
    client.renew();
  }
  assert.equal(shown.size, 20);
  assert.deepEqual(server.faults, []);
  source.close();
  client.close();
});

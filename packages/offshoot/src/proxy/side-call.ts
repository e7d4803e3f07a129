// What does the gateway ask of a service on its own account, beside a client's request?
import { OffshootError } from '../error/index.ts';
import type { UpstreamCall } from '../runtime/index.ts';
import type { Exchange } from './exchange.ts';
import { replyLines, requestLines } from './lines.ts';
import type { RoutedService } from './routed-service.ts';

export interface SideCallOptions {
  /** @default the one that the exchange goes to */
  readonly service?: RoutedService;
  /** Until the answer is whole. */
  readonly timeoutMs: number;
  /** A larger answer is broken off. */
  readonly bytesMax: number;
  /** Lines of the exchange that are left out, by their lower-case names. */
  readonly without?: ReadonlySet<string>;
  /** Name, value, … of further lines. */
  readonly lines?: readonly string[];
}

export interface SideReply {
  readonly status: number;
  /** Lower-case name, value, …, without hop-by-hop lines and content-length. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/**
 * The request of this exchange once more, with the body that was read whole if there was one. It
 * is its own: what becomes of the exchange does not matter to it. Rejects with an availability error.
 */
export function sideCall(exchange: Exchange, options: SideCallOptions): Promise<SideReply> {
  const { service = exchange.service, timeoutMs, bytesMax, without, lines = [] } = options;
  const { route, body } = exchange;
  return new Promise((resolve, reject) => {
    const chosen = service.pool.choose();
    const { client, base, host } = service.upstreamOf(chosen.instance.url);
    const sent = requestLines(exchange, host, route);
    const left: string[] = [];
    for (let at = 0; at < sent.length; at += 2)
      if (!without?.has(sent[at]!)) left.push(sent[at]!, sent[at + 1]!);
    const end = chosen.begin();
    const headers: string[] = [];
    const chunks: Buffer[] = [];
    let status = 0;
    let bytes = 0;
    let call: UpstreamCall | undefined;
    const fail = (message: string): void => {
      cancel();
      end('failed');
      call?.abort();
      reject(new OffshootError('UNAVAILABLE', `${service.pool.service} ${message}`));
    };
    const cancel = route.runtime.after(timeoutMs, () => fail('took too long'));
    call = client.send(
      {
        ...{ method: exchange.method, path: base + exchange.target, headers: [...left, ...lines] },
        ...{ body, bodyLength: body?.byteLength },
      },
      {
        onHead(given, named) {
          status = given;
          replyLines(named, headers);
        },
        onData(chunk) {
          bytes += chunk.length;
          if (bytes > bytesMax) fail(`answered more than ${bytesMax} bytes`);
          else chunks.push(chunk);
        },
        onEnd() {
          cancel();
          end(status >= 500 ? 'failed' : 'ok');
          resolve({ status, headers: withoutLength(headers), body: Buffer.concat(chunks) });
        },
        onFailure: ({ kind }) => fail(`did not answer: ${kind}`),
      },
    );
  });
}

/** A body that is kept has the length it has. */
export function withoutLength(headers: readonly string[]): string[] {
  const left: string[] = [];
  for (let at = 0; at < headers.length; at += 2)
    if (headers[at] !== 'content-length') left.push(headers[at]!, headers[at + 1]!);
  return left;
}

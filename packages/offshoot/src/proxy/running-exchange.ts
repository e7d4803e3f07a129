// How does one request pass its route's policies, reach an instance, and get its answer?
import type { Outcome as CallOutcome, Endpoint } from '../discovery/index.ts';
import { asOffshootError, OffshootError } from '../error/index.ts';
import { ABSENT, type Lapsing } from '../resilience/index.ts';
import type {
  FrontRequest,
  FrontResponse,
  UpstreamCall,
  UpstreamFailure,
  UpstreamListener,
  UpstreamRequest,
} from '../runtime/index.ts';
import type { Principal } from '../security/index.ts';
import type { Exchange, ExchangeOutcome } from './exchange.ts';
import { replyLines, requestLines, VIA } from './lines.ts';
import { problemAnswer } from './problem-answer.ts';
import { BodyReader, isUnread, tooLarge } from './request-body.ts';
import type { RequestHead } from './request-head.ts';
import type { Destination, RoutedService } from './routed-service.ts';
import type { RunningRoute } from './running-route.ts';
import { upstreamError } from './upstream-error.ts';

/** One request on its way, and the wheel's and the upstream's own place for it. */
export class RunningExchange implements Exchange, UpstreamListener, Lapsing {
  readonly request: FrontRequest;
  readonly response: FrontResponse;
  readonly head: RequestHead;
  readonly route: RunningRoute;
  service: RoutedService;
  readonly startedMs: number;
  target: string;
  readonly slots: unknown[] = [];
  principal: Principal | undefined;
  requestId = '';
  traceparent = '';
  timeoutMs: number;
  silenceMs: number;
  bodyBytesMax: number;
  retriesLeft = 0;
  mayRetry: ((exchange: Exchange, failure: UpstreamFailure) => boolean) | undefined;
  balanceKey: string | undefined;

  status = 0;
  replyHeaders: string[] = [];
  outcome: ExchangeOutcome | undefined;
  error: OffshootError | undefined;
  bytesSent = 0;
  attempts = 0;
  endpoint: Endpoint | undefined;

  collectBytesMax = 0;
  collected: Buffer[] | undefined;

  // The wheel's own.
  dueMs = 0;
  slot = ABSENT;
  previous: Lapsing | undefined;
  next: Lapsing | undefined;

  /** In place of forwarding, once the policies agree. */
  takeOver: (() => void) | undefined;

  #reached = 0;
  #extra: string[] | undefined;
  #call: UpstreamCall | undefined;
  #endCall: ((outcome: CallOutcome) => void) | undefined;
  #tried: Set<string> | undefined;
  #body: BodyReader | undefined;
  #length = -1;
  #sent = false;
  #isSeen = false;
  #heardMs = 0;

  constructor(
    request: FrontRequest,
    response: FrontResponse,
    head: RequestHead,
    route: RunningRoute,
    startedMs: number,
  ) {
    this.request = request;
    this.response = response;
    this.head = head;
    this.route = route;
    this.service = route;
    this.startedMs = startedMs;
    this.timeoutMs = route.timeoutMs;
    this.silenceMs = route.silenceMs;
    this.bodyBytesMax = route.bodyBytesMax;
    this.target = route.rewrite(request.url!);
    const { byRoute, forwarded } = head;
    if (byRoute && route.headers.size > 0)
      for (let at = 0; at < byRoute.length; at += 2)
        if (route.headers.has(byRoute[at]!)) forwarded.push(byRoute[at]!, byRoute[at + 1]!);
  }

  get method(): string {
    return this.request.method!;
  }

  get remoteAddress(): string {
    return this.request.socket.remoteAddress ?? '';
  }

  get body(): Uint8Array | undefined {
    return this.#body?.whole;
  }

  get isOver(): boolean {
    return this.outcome !== undefined;
  }

  header(name: string): string | undefined {
    const { forwarded } = this.head;
    for (let at = 0; at < forwarded.length; at += 2)
      if (forwarded[at] === name) return forwarded[at + 1];
    return undefined;
  }

  forward(name: string, value: string): void {
    this.head.forwarded.push(name, value);
  }

  withhold(name: string): void {
    const { forwarded } = this.head;
    for (let at = forwarded.length - 2; at >= 0; at -= 2)
      if (forwarded[at] === name) forwarded.splice(at, 2);
  }

  reply(name: string, value: string): void {
    this.#extra ??= [];
    this.#extra.push(name, value);
  }

  /** Asks the policies one after the other, then the service. */
  run(from = 0): void {
    const { policies } = this.route;
    try {
      for (let at = from; at < policies.length; at += 1) {
        this.#reached = at + 1;
        const step = policies[at]!.onRequest;
        if (step === undefined) continue;
        const wait = step(this);
        if (this.isOver) return;
        if (wait !== undefined) {
          wait.then(
            () => void (this.isOver || this.run(at + 1)),
            (thrown) => this.fail(thrown),
          );
          return;
        }
      }
      if (this.takeOver) this.takeOver();
      else this.#send();
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  answer(status: number, headers: readonly string[], body: string | Buffer = ''): void {
    if (this.isOver || this.#sent) return;
    this.#leaveUpstream('cancelled');
    this.status = status;
    this.replyHeaders = [...headers];
    this.#runResponse();
    if (this.isOver) return; // a policy had a better answer
    this.#length = Buffer.byteLength(body);
    if (status !== 204 && status !== 304)
      this.replyHeaders.push('content-length', String(this.#length));
    if (isUnread(this.request, this.head.bodyLength)) this.replyHeaders.push('connection', 'close');
    this.#writeHead();
    this.response.end(this.method === 'HEAD' ? '' : body);
    this.bytesSent = this.#length;
    this.#finish(this.error ? 'refused' : 'answered');
  }

  fail(thrown: unknown): void {
    if (this.isOver) return;
    const error = asOffshootError(thrown);
    this.error = error;
    if (this.#sent) {
      this.#breakOff('failed');
      return;
    }
    const { status, headers, body } = problemAnswer(error, this.request.url);
    this.answer(status, headers, body);
  }

  /** The next instance to ask; `end` is told how it did. */
  choose(): { readonly destination: Destination; readonly end: (outcome: CallOutcome) => void } {
    const { pool, upstreamOf } = this.service;
    this.attempts += 1;
    const but = this.#tried;
    const key = this.balanceKey;
    const chosen = pool.choose(but || key !== undefined ? { ...(but && { but }), key } : undefined);
    this.endpoint = chosen;
    if (this.retriesLeft > 0) {
      this.#tried ??= new Set();
      this.#tried.add(chosen.instance.id);
    }
    return { destination: upstreamOf(chosen.instance.url), end: chosen.begin() };
  }

  /** Who took over is done. */
  closed(status: number): void {
    if (this.isOver) return;
    this.status = status;
    this.#finish('answered');
  }

  /** The client left. */
  left(): void {
    if (!this.isOver) this.#breakOff('gone');
  }

  onHead(status: number, headers: string[]): void {
    if (this.isOver) return;
    this.status = status;
    const length = replyLines(headers, this.replyHeaders);
    this.#length = length;
    this.#heardMs = this.route.runtime.monotonic();
    try {
      this.#runResponse();
    } catch (thrown) {
      this.fail(thrown);
      return;
    }
    if (this.isOver) return;
    if (this.collectBytesMax > 0) this.collected = [];
    // A body without a length may be a stream of events: its head must not wait for the first.
    if (length < 0 && this.method !== 'HEAD' && status !== 204 && status !== 304) {
      this.#writeHead();
      this.response.flushHeaders();
    }
  }

  onData(chunk: Buffer): void {
    if (this.isOver) return;
    this.#heardMs = this.route.runtime.monotonic();
    this.bytesSent += chunk.length;
    if (this.bytesSent > this.collectBytesMax) this.collected = undefined;
    this.collected?.push(chunk);
    if (!this.#sent) this.#writeHead();
    const isLast = this.bytesSent === this.#length;
    if (isLast)
      this.response.end(chunk); // head and body leave in one write
    else if (!this.response.write(chunk)) {
      this.#call?.pause();
      this.response.once('drain', resume);
    }
  }

  onEnd(): void {
    if (this.isOver) return;
    if (!this.#sent) this.#writeHead();
    if (this.#length >= 0 && this.bytesSent !== this.#length && this.#hasBody()) {
      this.onFailure({ kind: 'reset', cause: new Error('the body ended early') });
      return;
    }
    if (!this.response.writableEnded) this.response.end();
    this.#call = undefined;
    this.#endEndpoint(this.status >= 500 ? 'failed' : 'ok');
    this.#finish('answered');
  }

  onFailure(failure: UpstreamFailure): void {
    if (this.isOver) return;
    this.#call = undefined;
    this.#endEndpoint('failed');
    const canRetry = !this.#sent && this.retriesLeft > 0 && (this.#body?.isRepeatable ?? true);
    if (canRetry && this.mayRetry?.(this, failure)) {
      this.retriesLeft -= 1;
      this.#attempt();
      return;
    }
    this.fail(upstreamError(failure, this.service.pool.service));
  }

  /** The wheel's: its time has come. */
  lapse(nowMs: number): void {
    if (this.isOver) return;
    const until = this.#mayTakeUntil(nowMs);
    if (nowMs < until) {
      this.route.wheel.add(this, until, nowMs);
      return;
    }
    this.#leaveUpstream('failed');
    this.fail(new OffshootError('DEADLINE_EXCEEDED', `${this.service.pool.service} took too long`));
  }

  resume(): void {
    this.#call?.resume();
  }

  #send(): void {
    const { head, request } = this;
    if (head.bodyLength === 0) {
      this.#attempt();
      return;
    }
    if ((head.bodyLength ?? 0) > this.bodyBytesMax) throw tooLarge(this.bodyBytesMax);
    if (head.expectsContinue) this.response.writeContinue();
    this.#body = new BodyReader(request, head.bodyLength, this.bodyBytesMax);
    this.#body.start({
      ready: () => void (this.isOver || this.#attempt()),
      tooLarge: () => this.fail(tooLarge(this.bodyBytesMax)),
    });
  }

  #attempt(): void {
    try {
      if (this.attempts === 0) this.#startClock();
      const { destination, end } = this.choose();
      this.#endCall = end;
      const body = this.#body?.take();
      const sent: UpstreamRequest = {
        method: this.method,
        path: destination.base + this.target,
        headers: requestLines(this, destination.host, this.route),
        body,
        bodyLength: this.#body?.length,
      };
      this.#call = destination.client.send(sent, this);
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  #mayTakeUntil(nowMs: number): number {
    if (this.status !== 0) return this.#heardMs + this.silenceMs;
    return this.request.complete ? nowMs : nowMs + this.timeoutMs;
  }

  /** How long a client takes to send is the front's to limit; from here on the service is waited for. */
  #startClock(): void {
    const { runtime, wheel } = this.route;
    const nowMs = runtime.monotonic();
    wheel.add(this, nowMs + this.timeoutMs, nowMs);
  }

  /** Each policy sees one head: a problem that one of them made is seen by none. */
  #runResponse(): void {
    if (this.#isSeen) return;
    this.#isSeen = true;
    const { policies } = this.route;
    for (let at = this.#reached - 1; at >= 0; at -= 1) policies[at]!.onResponse?.(this);
  }

  #writeHead(): void {
    this.#sent = true;
    const headers = this.replyHeaders;
    const extra = this.#extra;
    if (extra) for (let at = 0; at < extra.length; at += 1) headers.push(extra[at]!);
    headers.push('via', VIA);
    if (this.route.isDraining && this.request.httpVersionMajor === 1)
      headers.push('connection', 'close');
    this.response.writeHead(this.status, headers);
  }

  #hasBody(): boolean {
    return this.method !== 'HEAD' && this.status !== 204 && this.status !== 304;
  }

  #endEndpoint(outcome: CallOutcome): void {
    const end = this.#endCall;
    this.#endCall = undefined;
    end?.(outcome);
  }

  #leaveUpstream(outcome: CallOutcome): void {
    const call = this.#call;
    this.#call = undefined;
    call?.abort();
    this.#endEndpoint(outcome);
  }

  #breakOff(outcome: ExchangeOutcome): void {
    this.#leaveUpstream(outcome === 'gone' ? 'cancelled' : 'failed');
    this.#body?.abandon();
    this.response.destroy();
    this.#finish(outcome);
  }

  #finish(outcome: ExchangeOutcome): void {
    this.outcome = outcome;
    this.route.wheel.remove(this);
    const { policies } = this.route;
    for (let at = this.#reached - 1; at >= 0; at -= 1) policies[at]!.onEnd?.(this);
    this.route.ended();
  }
}

export interface Exchanging extends FrontResponse {
  exchange?: RunningExchange;
}

function resume(this: Exchanging): void {
  this.exchange?.resume();
}

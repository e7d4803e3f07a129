// How do log lines reach a file without making anybody wait?
import { pino } from 'pino';
import { OffshootError } from '../error/index.ts';
import { type Fields, type Logger, traceIdOf } from '../telemetry/index.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface PinoLoggerOptions {
  /** Lines are appended to it. */
  readonly file: string;
  readonly level: LogLevel;
  /** `service.name` of lines that no service says itself. */
  readonly service: string;
  /** `version` of every line. */
  readonly version: string;
}

export interface FileLogger extends Logger {
  /** The same file, in the name of a service. */
  of(service: string): Logger;
  /** Lines lost because the disk was too slow. */
  readonly dropped: number;
  /** Resolves when every line so far is in the file. Never rejects. */
  flush(): Promise<void>;
}

const BUFFER_BYTES_MIN = 4_096;
const BUFFER_BYTES_MAX = 4 * 1024 * 1024;
const FLUSH_EVERY_MS = 250;

/** Fields whose value never reaches the file, in whichever part of the program they are logged. */
export const REDACTED = [
  'password',
  'secret',
  'token',
  'accessToken',
  'refreshToken',
  'authorization',
  'cookie',
  'email',
  'name',
  'firstName',
  'address',
  'shippingAddress',
] as const;

/**
 * JSON lines with `time`, `level`, `msg`, `service.name` and `version`, buffered in memory (at
 * most 4 MiB; beyond that, lines are dropped and counted) and written at least every 250 ms.
 */
export async function pinoLogger(options: PinoLoggerOptions): Promise<FileLogger> {
  const { file, level, service, version } = options;
  const destination = pino.destination({
    dest: file,
    sync: false,
    minLength: BUFFER_BYTES_MIN,
    maxLength: BUFFER_BYTES_MAX,
    periodicFlush: FLUSH_EVERY_MS,
  });
  await opened(destination, file);
  let dropped = 0;
  destination.on('drop', () => {
    dropped += 1;
  });
  destination.on('error', () => {}); // a full disk must not stop the shop: lines are lost instead
  const root = pino(
    {
      level,
      base: { version },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: [...REDACTED], censor: '[redacted]' },
    },
    destination,
  );
  const of = (name: string): Logger => {
    const lines = root.child({ 'service.name': name });
    const write = (at: Exclude<LogLevel, 'silent'>) => (message: string, fields?: Fields) =>
      lines[at](traced(fields), message);
    return {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
    };
  };
  return {
    ...of(service),
    of,
    // Not through `...`: a spread would freeze the count as it is now.
    get dropped() {
      return dropped;
    },
    flush: () => new Promise((resolve) => destination.flush(() => resolve())),
  };
}

function opened(destination: ReturnType<typeof pino.destination>, file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    destination.once('ready', () => resolve());
    destination.once('error', (cause) => {
      const message = `the log ${file} cannot be written: give it to this user`;
      reject(new OffshootError('DATA_FOLDER_UNWRITABLE', message, { cause }));
    });
  });
}

/** What a line says of itself: a field of that name stands beside it, never over it. */
const OWN_FIELDS = ['level', 'time', 'msg', 'version', 'service.name'] as const;

function beside(fields: Fields): Fields {
  if (!OWN_FIELDS.some((name) => Object.hasOwn(fields, name))) return fields;
  const isOwn = (name: string) => OWN_FIELDS.some((one) => one === name);
  const entries = Object.entries(fields);
  return Object.fromEntries(
    entries.map(([name, value]) => [isOwn(name) ? `field.${name}` : name, value]),
  );
}

/** A trace context as the two ids that log tools look for. */
function traced(fields: Fields = {}): Fields {
  const safe = beside(fields);
  const { traceparent, ...rest } = safe;
  if (typeof traceparent !== 'string') return safe;
  return { ...rest, traceId: traceIdOf(traceparent), spanId: traceparent.slice(36, 52) };
}

// Where does the code say what happened? A port: the host binds a real one.

export type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

/** One line of JSON a call. Fields never carry secrets or personal data. */
export interface Logger {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

const nothing = (): void => {};
export const SILENT: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

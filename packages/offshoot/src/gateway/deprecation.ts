// How is a caller told that an operation will go? RFC 9745, RFC 8594, RFC 5829.
import type { Operation } from '../contract/index.ts';
import { fromIsoTime, httpDate } from '../runtime/index.ts';

/** Header fields for one request, by the fields of its path. */
export type Notices = (
  params: Readonly<Record<string, string | undefined>>,
) => Readonly<Record<string, string>>;

const NOTHING = {};

/** The notices of an operation; none when it is there to stay. */
export function noticesOf({ spec }: Operation<any, any, any, any>): Notices {
  const { deprecated } = spec;
  if (!deprecated) return () => NOTHING;
  const { at, sunset, successor, info } = deprecated;
  const dates = {
    deprecation: `@${Math.floor(fromIsoTime(at) / 1_000)}`,
    ...(sunset === undefined ? {} : { sunset: httpDate(fromIsoTime(sunset)) }),
  };
  return (params) => {
    const filled = successor?.replace(/\{(\w+)\}/g, (_, name) =>
      encodeURIComponent(params[name] ?? ''),
    );
    const links = [
      ...(filled === undefined ? [] : [`<${filled}>; rel="successor-version"`]),
      ...(info === undefined ? [] : [`<${info}>; rel="deprecation"`]),
    ];
    return links.length === 0 ? dates : { ...dates, link: links.join(', ') };
  };
}

// What stands in front of the three for plain HTTP, in a process of its own: `front.ts <registry>`.
import { directory } from 'offshoot/discovery';
import { mount } from 'offshoot/gateway';
import { balancedTransport, httpTransport } from 'offshoot/rpc';
import { serveHttp } from 'offshoot/runtime/node';
import { orders, registryAt, runtime, tickets } from './orders.ts';

const [registryUrl = ''] = process.argv.slice(2);
const known = directory({ registry: registryAt(registryUrl), runtime });
const to = (url: string) => httpTransport({ runtime, url, passports: tickets });
const { transport } = balancedTransport({ runtime, directory: known, to });
const { url } = await serveHttp({ handle: mount(orders, transport, { runtime }), port: 0 });
process.once('disconnect', () => process.exit(0));
process.send?.({ url });

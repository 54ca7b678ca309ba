import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Dial } from '../../util/reconnecting.js';
import { Channel } from './channel.js';
import type { ServerAddress } from './memcached-options.js';
import { Opcode, Status } from './packet.js';

/** The server does not let us in. */
export class LoginRefused extends Error {}

/** Dials one server. Its channel has logged in, if there is a login, and has answered. */
export function dial(address: ServerAddress): Dial<Channel> {
  const socket = open(address);
  let reason: unknown;
  const ended = new Promise<unknown>((resolve) => {
    socket.once('error', (error) => (reason ??= error));
    socket.once('close', () => {
      clearTimeout(deadline);
      reason ??= new Error('the server closed the connection');
      channel.end(reason);
      resolve(reason);
    });
  });
  const channel = new Channel(socket);
  const end = async (why?: unknown): Promise<void> => {
    reason ??= why;
    socket.destroy();
    await ended;
  };
  const deadline = setTimeout(() => {
    void end(Object.assign(new Error('no answer within connectTimeout'), { code: 'ETIMEDOUT' }));
  }, address.connectTimeoutMs);
  const ready = greet(channel, address).then(
    () => {
      clearTimeout(deadline);
      return channel;
    },
    async (error: unknown) => {
      await end(error);
      throw reason;
    },
  );
  return { ready, ended, end };
}

function open({ host, port, tls }: ServerAddress): Socket {
  const where = { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 };
  return tls === undefined
    ? connectTcp(where)
    : connectTls({ ...(isIP(host) > 0 ? {} : { servername: host }), ...tls, ...where });
}

/** The first request waits in the socket until it is connected. */
async function greet(channel: Channel, { username, password }: ServerAddress): Promise<void> {
  if (username !== undefined) {
    const value = Buffer.from(`\0${username}\0${password ?? ''}`);
    const { status } = await channel.one({ opcode: Opcode.login, key: 'PLAIN', value });
    if (status !== Status.ok) throw new LoginRefused('the server refused the login');
  }
  const { status } = await channel.one({ opcode: Opcode.noop });
  if (status === Status.refusedLogin) throw new LoginRefused('the server wants a login');
}

import type { AddressInfo, Server } from 'node:net';
import type { StateFile } from './state.ts';

/** Gives servers the ports that they had before a restart, so that the platform finds them again. */
export interface Ports {
  /** Resolves to the port; when the former one is taken, to any free one. */
  listen(server: Server, name: string, wanted?: number): Promise<number>;
}

export function createPorts(state: StateFile<Readonly<Record<string, number>>>): Ports {
  const known = { ...state.read() };
  return {
    listen: async (server, name, wanted) => {
      const before = wanted || known[name] || 0;
      // A port that was asked for must be had; a remembered one need not.
      const port = await listenOn(server, before).catch((error: unknown) => {
        if (wanted || before === 0) throw error;
        return listenOn(server, 0);
      });
      known[name] = port;
      state.write(known);
      return port;
    },
  };
}

function listenOn(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

import { createServer, connect, type Socket } from 'node:net';
import type { AgentCard } from '@a2a-js/sdk';
import { DefaultRequestHandler, InMemoryTaskStore } from '@a2a-js/sdk/server';
import { A2AService, grpcService, UserBuilder } from '@a2a-js/sdk/server/grpc';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { PeerContext } from './peer';
import { playingExecutor } from './sdk-1-peer';

/** A real gRPC server of `@a2a-js/sdk` 1.x, behind a line that can be cut. */
export interface GrpcPeer {
  /** Where it listens. Nothing is served there over HTTP/1.1. */
  url: string;
  card: AgentCard;
  /** The metadata of each call. */
  seen: Record<string, unknown>[];
  canceled: string[];
  close: () => Promise<void>;
}

export async function startSdk1GrpcPeer(
  extensions: { uri: string; params: Record<string, unknown> }[] = [],
): Promise<GrpcPeer> {
  const sockets = new Set<Socket>();
  const context = new PeerContext({
    closeAllConnections: () => {
      for (const socket of sockets) socket.destroy();
    },
  });
  const server = new Server();
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  const line = createServer((socket) => {
    const inner = connect(port, '127.0.0.1');
    for (const end of [socket, inner]) {
      sockets.add(end);
      end.on('error', () => {});
      end.on('close', () => {
        sockets.delete(end);
        socket.destroy();
        inner.destroy();
      });
    }
    socket.pipe(inner).pipe(socket);
  });
  await new Promise<void>((resolve) => line.listen(0, '127.0.0.1', resolve));
  const address = line.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const host = `127.0.0.1:${address.port}`;
  const card: AgentCard = {
    name: 'Peer 1.x',
    description: 'A test agent',
    version: '1.0.0',
    supportedInterfaces: [
      { url: host, protocolBinding: 'GRPC', protocolVersion: '1.0', tenant: '' },
    ],
    provider: undefined,
    capabilities: {
      streaming: true,
      pushNotifications: false,
      extensions: extensions.map((one) => ({ ...one, description: '', required: false })),
    },
    securitySchemes: {},
    securityRequirements: [],
    defaultInputModes: ['text/plain'],
    defaultOutputModes: ['text/plain'],
    skills: [],
    signatures: [],
  };
  const seen: Record<string, unknown>[] = [];
  server.addService(
    A2AService,
    grpcService({
      requestHandler: new DefaultRequestHandler(
        card,
        new InMemoryTaskStore(),
        playingExecutor(context),
      ),
      userBuilder: async (call) => {
        seen.push(call.metadata.getMap());
        return UserBuilder.noAuthentication();
      },
    }),
  );
  return {
    url: `http://${host}`,
    card,
    seen,
    canceled: context.canceled,
    close: async () => {
      context.isClosed = true;
      context.cut('once');
      server.forceShutdown();
      await new Promise((resolve) => line.close(resolve));
    },
  };
}

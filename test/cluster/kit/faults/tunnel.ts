import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Sender } from './upstream';

/** Connects a client and the API server for a protocol other than HTTP after an upgrade, such as a port-forward. */
export function tunnel(sender: Sender, incoming: IncomingMessage, client: Socket, head: Buffer): void {
  const outgoing = sender.begin(incoming.method!, incoming.url!, incoming.headers);
  outgoing.setHeader('connection', 'Upgrade');
  outgoing.setHeader('upgrade', incoming.headers.upgrade ?? '');
  client.once('error', () => outgoing.destroy()).once('close', () => outgoing.destroy());
  outgoing
    .once('error', () => client.destroy())
    // The API server refuses the upgrade. The client gets the response, and the connection is not used further.
    .once('response', (answer) => {
      client.write(firstLines(answer));
      answer.pipe(client);
    })
    .once('upgrade', (answer: IncomingMessage, server: Socket, first: Buffer) => {
      client.write(firstLines(answer));
      client.write(first);
      server.write(head);
      // If one side closes its connection, close the other side too.
      server.once('error', () => client.destroy()).once('close', () => client.destroy());
      client.once('close', () => server.destroy());
      server.pipe(client).pipe(server);
    })
    .end();
}

function firstLines({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`];
  for (let n = 0; n < rawHeaders.length; n += 2) {
    lines.push(`${rawHeaders[n]}: ${rawHeaders[n + 1]}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

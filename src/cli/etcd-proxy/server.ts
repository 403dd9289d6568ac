import type * as Grpc from "@grpc/grpc-js";
import type { Settings } from "../settings.ts";
import { GatewayCall, GrpcError } from "./gateway.ts";
import { ELECTION_PROTOCOL, ETCD_PROTOCOL, LOCK_PROTOCOL } from "./protocol.ts";
import { ROUTES } from "./routes.ts";

/** etcd's largest request is 1.5 MiB; answers are as large as they are asked for. */
const MESSAGE_BYTES_MAX = 128 * 1024 * 1024;

type UnaryCall = Grpc.ServerUnaryCall<object, object>;
type ServerStream = Grpc.ServerWritableStream<object, object>;
type DuplexStream = Grpc.ServerDuplexStream<object, object>;

/** Serves etcd's gRPC interface on `listen`, from the JSON gateway. Returns what ends it, and the port. */
export async function etcdProxy(settings: Settings, listen: string): Promise<{ readonly port: number; close(): void }> {
  const [grpc, services] = await Promise.all([import("@grpc/grpc-js"), serviceDefinitions()]);
  const server = new grpc.Server({
    "grpc.max_receive_message_length": MESSAGE_BYTES_MAX,
    "grpc.max_send_message_length": MESSAGE_BYTES_MAX,
  });
  for (const [service, methods] of Object.entries(ROUTES)) {
    const definition = services[service] as Grpc.ServiceDefinition;
    const handlers = Object.entries(methods).map(([method, path]) => [
      method,
      handlerOf(settings, definition, method, path),
    ]);
    server.addService(definition, Object.fromEntries(handlers) as Grpc.UntypedServiceImplementation);
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(listen, grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return { port, close: () => server.forceShutdown() };
}

async function serviceDefinitions() {
  const [loader, protobuf] = await Promise.all([import("@grpc/proto-loader"), import("protobufjs")]);
  const root = new protobuf.default.Root();
  for (const text of [ETCD_PROTOCOL, LOCK_PROTOCOL, ELECTION_PROTOCOL]) {
    protobuf.default.parse(text, root, { keepCase: true });
  }
  // Bytes in base64 and 64-bit numbers as strings, which is how the gateway's JSON has them.
  return loader.fromJSON(root.toJSON(), { keepCase: true, longs: String, bytes: String, enums: String });
}

function handlerOf(settings: Settings, definition: Grpc.ServiceDefinition, method: string, path: string) {
  const { requestStream, responseStream } = definition[method] ?? {};
  if (requestStream === true) return (call: DuplexStream) => duplex(settings, path, call);
  if (responseStream === true) return (call: ServerStream) => serverStream(settings, path, call);
  return (call: UnaryCall, done: Grpc.sendUnaryData<object>) => unary(settings, path, call, done);
}

function unary(settings: Settings, path: string, call: UnaryCall, done: Grpc.sendUnaryData<object>): void {
  const gateway = new GatewayCall(settings, path, tokenOf(call.metadata));
  call.on("cancelled", () => gateway.cancel());
  gateway.send(call.request);
  gateway.end();
  gateway.answer().then(
    (answer) => done(null, answer),
    (error: unknown) => done(error instanceof GrpcError ? error : new GrpcError(2, "the proxy failed")),
  );
}

function serverStream(settings: Settings, path: string, call: ServerStream): void {
  const gateway = new GatewayCall(settings, path, tokenOf(call.metadata));
  call.on("cancelled", () => gateway.cancel());
  gateway.send(call.request);
  gateway.end();
  void forward(gateway, call);
}

function duplex(settings: Settings, path: string, call: DuplexStream): void {
  const gateway = new GatewayCall(settings, path, tokenOf(call.metadata));
  call.on("cancelled", () => gateway.cancel());
  call.on("data", (message: object) => gateway.send(message));
  call.on("end", () => gateway.end());
  void forward(gateway, call);
}

/** Answers go on as fast as they are taken. */
async function forward(gateway: GatewayCall, call: ServerStream | DuplexStream): Promise<void> {
  try {
    for await (const answer of gateway.answers()) {
      if (!call.write(answer)) await new Promise((resolve) => call.once("drain", resolve));
    }
    call.end();
  } catch (error) {
    if (!call.cancelled) call.emit("error", error instanceof GrpcError ? error : new GrpcError(2, "the proxy failed"));
  }
}

/** etcd's clients carry their token under this name, others as HTTP does. */
function tokenOf(metadata: Grpc.Metadata): string | undefined {
  const [token] = [...metadata.get("token"), ...metadata.get("authorization")];
  return token?.toString();
}

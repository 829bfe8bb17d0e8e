import { join } from "node:path";
import { loadPackageDefinition, Server, ServerCredentials, type handleUnaryCall } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { diagnosticOf, PluginService, wired, type PluginRequest } from "./plugin-service";
import type { Provider } from "./provider";

export interface PluginServer {
  close(): void;
}

/** Serves one provider on a unix socket, in plain gRPC as Terraform expects it of a plugin it re-attaches to. */
export async function servePlugin<Client>(
  provider: Provider<Client>,
  environment: NodeJS.ProcessEnv,
  socketPath: string,
): Promise<PluginServer> {
  const service = new PluginService(provider, environment);
  const definition = serviceDefinition();
  const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  server.addService(
    definition,
    Object.fromEntries(Object.keys(definition).map((name) => [name, handlerOf(service, name as keyof typeof service)])),
  );
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${socketPath}`, ServerCredentials.createInsecure(), (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
  return { close: () => server.forceShutdown() };
}

function serviceDefinition(): any {
  const options = { keepCase: true, enums: String, longs: Number, defaults: false };
  const loaded = loadPackageDefinition(loadSync(join(__dirname, "plugin-protocol.proto"), options)) as any;
  return loaded.tfplugin6.Provider.service;
}

/** A failed call is an answer with a diagnostic, so that Terraform prints the text and not a gRPC error. */
function handlerOf(
  service: PluginService<any>,
  name: keyof PluginService<any>,
): handleUnaryCall<PluginRequest, object> {
  return (call, answer) => {
    service[name](call.request).then(
      (response) => answer(null, response),
      (error) => answer(null, { diagnostics: wired([diagnosticOf(error)]) }),
    );
  };
}

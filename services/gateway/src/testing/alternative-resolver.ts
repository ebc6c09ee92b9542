/** Imported before grpc-js: lets `dns://127.0.0.1:5353/name:port` ask that name server. */
process.env['GRPC_NODE_USE_ALTERNATIVE_RESOLVER'] = 'true';

module.exports = () => Promise.all((globalThis.quartetTestServers ?? []).map((server) => server.stop()));

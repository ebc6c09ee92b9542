export function Autoencoder(_: { path?: string; name?: string }) { return <p>soon</p>; }

export function Cnn(_: { path?: string; name?: string }) { return <p>soon</p>; }

export function Gan(_: { path?: string; name?: string }) { return <p>soon</p>; }

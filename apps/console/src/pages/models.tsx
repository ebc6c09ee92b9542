export function Models(_: { path?: string; name?: string }) { return <p>soon</p>; }

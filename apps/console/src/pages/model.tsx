export function ModelPage(_: { path?: string; name?: string }) { return <p>soon</p>; }

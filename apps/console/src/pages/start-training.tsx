export function StartTraining(_: { path?: string; name?: string }) { return <p>soon</p>; }

export function checkRelativePath(path: string): string { return path; }

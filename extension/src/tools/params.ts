// Reads a call's parameters. They come normalised from the hub, yet are checked here, at the edge: a wrong one is
// `invalid_params` with its name, never a surprise further in.

import { ToolError } from '../errors.ts';
import { finite, flag, isOneOf, list, text, type JsonRecord } from '../json.ts';

export function requiredText(params: JsonRecord, name: string): string {
  const value = text(params[name]);
  if (value === undefined) throw wrong(name, 'a string');
  return value;
}

export function optionalText(params: JsonRecord, name: string): string | undefined {
  return present(params[name]) ? requiredText(params, name) : undefined;
}

export function optionalNumber(params: JsonRecord, name: string): number | undefined {
  if (!present(params[name])) return undefined;
  const value = finite(params[name]);
  if (value === undefined || value < 0) throw wrong(name, 'a number that is not negative');
  return value;
}

export function requiredNumber(params: JsonRecord, name: string): number {
  const value = optionalNumber(params, name);
  if (value === undefined) throw wrong(name, 'a number that is not negative');
  return value;
}

export function optionalFlag(params: JsonRecord, name: string): boolean | undefined {
  if (!present(params[name])) return undefined;
  const value = flag(params[name]);
  if (value === undefined) throw wrong(name, 'true or false');
  return value;
}

export function optionalWord<const T extends string>(params: JsonRecord, name: string, allowed: readonly T[]): T | undefined {
  const value = params[name];
  if (!present(value)) return undefined;
  if (!isOneOf(value, allowed)) throw wrong(name, `one of ${allowed.join(', ')}`);
  return value;
}

export function texts(params: JsonRecord, name: string): string[] {
  return list(params[name]).map((value) => {
    if (typeof value !== 'string') throw wrong(name, 'a list of strings');
    return value;
  });
}

export function wrong(name: string, expected: string): ToolError {
  return new ToolError('invalid_params', `The parameter ${name} must be ${expected}.`, `Call again with ${name} as ${expected}.`, {
    parameter: name,
  });
}

function present(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** A look beside what the client's model does, for a resource: nothing of it is to be told, or remembered, as the model's own. */
export function isAside(params: JsonRecord): boolean {
  return optionalFlag(params, 'aside') === true;
}

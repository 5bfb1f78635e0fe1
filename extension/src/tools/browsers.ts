// browser_browsers with action name: gives this browser its name. The hub answers the other actions itself; the name comes here
// because it is kept in the browser's profile.

import { giveName } from '../hub/identity.ts';
import { optionalWord, requiredText, wrong } from './params.ts';
import type { Tool } from './tool.ts';

export const browsers: Tool = async ({ params, services }) => {
  if (optionalWord(params, 'action', ['name']) === undefined) throw wrong('action', 'name');
  const wanted = requiredText(params, 'name');
  if (wanted.trim() === '') throw wrong('name', 'a name of at least one letter');
  const name = await giveName(wanted);
  services.renamed(name);
  return { text: `This browser is called ${JSON.stringify(name)} from now on.` };
};

// Entry of the keyless child process: everything that strangers wrote is read here, and nowhere else.
import { extract } from '@underseal/extract';
import { serve } from './serve.ts';
import { createTools } from './tools.ts';

serve((bytes, { name, limits }) => extract(bytes, { ...(name === undefined ? {} : { name }), limits, tools: createTools(limits.milliseconds) }));

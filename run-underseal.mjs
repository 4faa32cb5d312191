#!/usr/bin/env node
import { launch } from './run.mjs';

launch('apps/cli/main.ts', process.argv.slice(2));

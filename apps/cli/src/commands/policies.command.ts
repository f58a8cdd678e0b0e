import { Command } from 'commander';
import { checkCommand, explainCommand } from './policies/check.js';
import { exportCommand, importCommand } from './policies/files.js';
import { grantCommand, listCommand, revokeCommand } from './policies/definitions.js';

/** `identity policies …`: who may do what. The operator is not bound by what he may do himself. */
export function policiesCommand(): Command {
  return new Command('policies')
    .description('who may do what')
    .addCommand(listCommand())
    .addCommand(grantCommand())
    .addCommand(revokeCommand())
    .addCommand(checkCommand())
    .addCommand(explainCommand())
    .addCommand(importCommand())
    .addCommand(exportCommand());
}

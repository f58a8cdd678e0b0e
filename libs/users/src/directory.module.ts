import { Module } from '@nestjs/common';
import { DatabaseModule } from '@platform/database';
import { Directory } from './application/directory.js';
import { User, UserCredential, UserIdentifier } from './persistence/entities.js';
import { PostgresDirectory } from './persistence/postgres-directory.js';

/** Who owns this identifier? Alone, for processes that ask no more: the worker. */
@Module({
  imports: [DatabaseModule.forFeature([User, UserIdentifier, UserCredential])],
  providers: [{ provide: Directory, useClass: PostgresDirectory }],
  exports: [Directory],
})
export class DirectoryModule {}

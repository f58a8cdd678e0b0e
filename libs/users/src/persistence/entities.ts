import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import type { IdentifierScheme } from '../domain/identifier.js';
import type { IdentifierRecord, Profile, UserRecord, UserStatus } from '../domain/user.js';

/** An account. What names it and what proves it are rows of their own. */
@Entity({ name: 'User', schema: 'identity' })
export class User implements UserRecord {
  @PrimaryColumn('bigint') id!: string;
  @Column('text') realm!: string;
  @Column('text') status!: UserStatus;
  @Column('text') type!: 'SYSTEM' | 'LINKED';
  @Column('jsonb') profile!: Profile;
  @Column('timestamptz', { name: 'activated_at', nullable: true }) activatedAt!: Date | null;
  @Column('timestamptz', { name: 'last_login_at', nullable: true }) lastLoginAt!: Date | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt!: Date;
}

/** What names a person at sign-in; (scheme, value) is unique over all users. */
@Entity({ name: 'UserIdentifier', schema: 'identity' })
export class UserIdentifier implements IdentifierRecord {
  @PrimaryColumn('bigint') id!: string;
  @Column('bigint', { name: 'user_id' }) userId!: string;
  @ManyToOne(() => User) @JoinColumn({ name: 'user_id' }) user?: Relation<User>;
  @Column('text') scheme!: IdentifierScheme;
  @Column('text') value!: string;
  @Column('text') display!: string;
  @Column('timestamptz', { name: 'verified_at', nullable: true }) verifiedAt!: Date | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
}

/** What proves a person; the secret is an argon2id PHC string. */
@Entity({ name: 'UserCredential', schema: 'identity' })
export class UserCredential {
  @PrimaryColumn('bigint') id!: string;
  @Column('bigint', { name: 'user_id' }) userId!: string;
  @Column('text') scheme!: 'password';
  @Column('text') secret!: string;
  @Column('timestamptz', { name: 'changed_at' }) changedAt!: Date;
}

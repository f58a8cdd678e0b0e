import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One sign-in on one device. Changed by the guarded statements of `PostgresSessions` alone. */
@Entity({ name: 'Session', schema: 'identity' })
export class Session {
  @PrimaryColumn('bigint') id!: string;
  @Column('bigint', { name: 'user_id' }) userId!: string;
  @Column('integer') counter!: number;
  @Column('text', { name: 'device_id' }) deviceId!: string;
  @Column('text', { nullable: true }) device!: string | null;
  @Column('text', { nullable: true }) ip!: string | null;
  @Column('text', { array: true }) amr!: string[];
  @Column('text') audience!: string;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'last_seen_at' }) lastSeenAt!: Date;
  @Column('timestamptz', { name: 'rotated_at' }) rotatedAt!: Date;
  @Column('timestamptz', { name: 'expires_at' }) expiresAt!: Date;
  @Column('timestamptz', { name: 'ended_at', nullable: true }) endedAt!: Date | null;
  @Column('text', { name: 'end_reason', nullable: true }) endReason!: string | null;
}

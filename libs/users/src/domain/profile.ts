/** Members a profile may hold. */
export const PROFILE_LIMIT = 32;

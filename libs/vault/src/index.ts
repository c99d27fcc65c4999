export { type AgeIdentity, type AgeRecipient, generateIdentity } from './age/keys.js';
export { migrateVault } from './storage/migrate.js';
export { type BlobDescription, type PutOptions, Vault, type VaultLimits, type VaultOptions } from './vault.js';
export { createVaultKeys, loadVaultKeys, type VaultKeys } from './vault-keys.js';
export { type VaultErrorCode, VaultRefusal, vaultErrors } from './vault-refusal.js';

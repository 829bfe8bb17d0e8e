/** Where an app node keeps the authority of the database servers (PEM): what `sslrootcert` names in libpq URLs. */
export const databaseAuthorityPath = "/etc/infrastructure/database-ca.pem";

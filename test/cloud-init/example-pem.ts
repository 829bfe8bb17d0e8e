/** A self-signed certificate for www.example.com and its key, made for these tests and good for nothing else. */
export const examplePem = {
  certificate: `-----BEGIN CERTIFICATE-----
MIIBijCCATGgAwIBAgIULf3FAjfBYWdivMOJyNhP6MATbaAwCgYIKoZIzj0EAwIw
GjEYMBYGA1UEAwwPd3d3LmV4YW1wbGUuY29tMCAXDTI2MTEyMzA0MzQzMloYDzIx
MjYxMDMwMDQzNDMyWjAaMRgwFgYDVQQDDA93d3cuZXhhbXBsZS5jb20wWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAATfuNH/jZDX2pzPhBYBd0TGlPDrNriBlJ5myldY
B++4tjva4qcyB4XVf5Uk7WMmIjxO8jvB+TmZUhZW3dl7ZE8eo1MwUTAdBgNVHQ4E
FgQUZS7zvlim2Ymi0rO2SJTszz1wkdQwHwYDVR0jBBgwFoAUZS7zvlim2Ymi0rO2
SJTszz1wkdQwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiAXghKb
KCyo5fOEmf+rgejlvxrJvP2r+MKhDYlBQfnhfgIgX9lxvVsg9OJ3F8P8i7ZgtxN0
yT1aNKoFzbUoTUBy6+A=
-----END CERTIFICATE-----
`,
  privateKey: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg52z9E2KFuR6HspR6
LUim4EQLdNJd1tP4wxi6fESpU+ChRANCAATfuNH/jZDX2pzPhBYBd0TGlPDrNriB
lJ5myldYB++4tjva4qcyB4XVf5Uk7WMmIjxO8jvB+TmZUhZW3dl7ZE8e
-----END PRIVATE KEY-----
`,
};

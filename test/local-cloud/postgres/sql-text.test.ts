import { createHmac } from "node:crypto";
import { quoteIdentifier, quoteLiteral, scramVerifier } from "../../../local-cloud/postgres/sql-text";

describe("SQL text", () => {
  test("names and texts are quoted, whatever is in them", () => {
    expect(quoteIdentifier('a"; DROP ROLE b; --')).toBe('"a""; DROP ROLE b; --"');
    expect(quoteLiteral("it's")).toBe("'it''s'");
  });

  test("fails on a NUL character, which would end the statement", () => {
    expect(() => quoteLiteral("a\0b")).toThrow("must not hold a NUL character");
  });

  test("a stored password gives the server signature of RFC 7677's example", () => {
    const verifier = scramVerifier("pencil", Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64"));
    const [method, salted, keys] = verifier.split("$");
    expect([method, salted]).toEqual(["SCRAM-SHA-256", "4096:W22ZaJ0SNY7soEsUEjb6gQ=="]);
    const serverKey = Buffer.from(keys!.split(":")[1]!, "base64");
    const exchange = [
      "n=user,r=rOprNGfwEbeRWgbNEkqO",
      "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
      "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
    ].join(",");
    const signature = createHmac("sha256", serverKey).update(exchange).digest("base64");
    expect(signature).toBe("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
  });

  test("the same password is stored differently each time", () => {
    expect(scramVerifier("pencil")).not.toBe(scramVerifier("pencil"));
  });
});

import { describe, expect, test } from "vitest";
import { EtcdError } from "../../src/http/etcd/codec/error.ts";
import { goBase64Decode } from "../../src/http/etcd/codec/go-base64.ts";
import { messageBytes, messageFromJson, messageNext } from "../../src/http/etcd/codec/message.ts";
import { PutRequest, RangeRequest, TxnRequest } from "../../src/http/etcd/codec/request.ts";

/** What etcd 3.4.23 said to these bodies of `/v3/kv/range`. */
const ERRORS: Readonly<Record<string, string>> = {
  "{": "unexpected EOF",
  '"abc': "unexpected EOF",
  x: "invalid character 'x' looking for beginning of value",
  "[1 2]": "invalid character '2' after array element",
  "[]": "json: cannot unmarshal array into Go value of type map[string]json.RawMessage",
  '{"key":}': "invalid character '}' looking for beginning of value",
  '{"key" "Zm9v"}': "invalid character '\"' after object key",
  "{key:1}": "invalid character 'k' looking for beginning of object key string",
  '{"key":"Zm9v",}': "invalid character '}' looking for beginning of object key string",
  '{"key":tru}': "invalid character '}' in literal true (expecting 'e')",
  '{"key":"a\tb"}': "invalid character '\\t' in string literal",
  '{"key":"\\x"}': "invalid character 'x' in string escape code",
  '{"key":"\\u00g"}': "invalid character 'g' in \\u hexadecimal character escape",
  '{"key":01}': "invalid character '1' after object key:value pair",
  '{"key":-}': "invalid character '}' in numeric literal",
  '{"key":1.}': "invalid character '}' after decimal point in numeric literal",
  '{"key":1e}': "invalid character '}' in exponent of numeric literal",
  '{"key":5}': "json: cannot unmarshal number into Go value of type []uint8",
  '{"key":[300]}': "json: cannot unmarshal number 300 into Go value of type uint8",
  '{"key":"Zm9"}': "illegal base64 data at input byte 0",
  '{"key":"Y==="}': "illegal base64 data at input byte 1",
  '{"key":"YQ=a"}': "illegal base64 data at input byte 2",
  '{"key":"YQ==x"}': "illegal base64 data at input byte 4",
  '{"limit":""}': "unexpected end of JSON input",
  '{"limit":"x"}': "invalid character 'x' looking for beginning of value",
  '{"limit":"-"}': "invalid character ' ' in numeric literal",
  '{"limit":"1 2"}': "invalid character '2' after top-level value",
  '{"limit":"true"}': "json: cannot unmarshal bool into Go value of type int64",
  '{"limit":1e3}': "json: cannot unmarshal number 1e3 into Go value of type int64",
  '{"limit":"9999999999999999999"}': "json: cannot unmarshal number 9999999999999999999 into Go value of type int64",
  '{"keys_only":1}': "json: cannot unmarshal number into Go value of type bool",
  '{"sort_order":"FOO"}': 'unknown value "FOO" for enum etcdserverpb.RangeRequest_SortOrder',
  '{"sort_order":"DESC\\"END"}': 'unknown value "DESC\\\\\\"END" for enum etcdserverpb.RangeRequest_SortOrder',
  '{"sort_order":1.5}': "json: cannot unmarshal number 1.5 into Go value of type etcdserverpb.RangeRequest_SortOrder",
};

test.each(Object.entries(ERRORS))("%s is refused in etcd's words", (body, message) => {
  expect(() => messageFromJson(RangeRequest, body)).toThrow(new EtcdError("invalid-argument", message));
});

describe("a message", () => {
  test("keeps all digits of 64-bit numbers, written as numbers or as strings", () => {
    for (const body of ['{"limit":9223372036854775807}', '{"limit":"9223372036854775807"}']) {
      expect(messageFromJson(RangeRequest, body).limit).toBe(9_223_372_036_854_775_807n);
    }
  });

  test("is read under original and camel-case names, the latter first; null and unknown names are nothing", () => {
    const body = '{"range_end":"YQ==","rangeEnd":"Yg==","keysOnly":true,"limit":null,"what":[{}]}';
    const range = messageFromJson(RangeRequest, body);
    expect(range).toMatchObject({ range_end: Uint8Array.of(0x62), keys_only: true, limit: 0n, key: new Uint8Array() });
    expect(messageFromJson(RangeRequest, "")).toEqual(messageFromJson(RangeRequest, "null"));
  });

  test("ends where its text ends: what follows is the next one's", () => {
    expect(messageNext(RangeRequest, '{"limit":1} {"lim', false)).toMatchObject({ end: 11, message: { limit: 1n } });
    expect(messageNext(RangeRequest, ' {"lim', false)).toBeUndefined();
    expect(() => messageNext(RangeRequest, ' {"lim', true)).toThrow("unexpected EOF");
    expect(messageNext(RangeRequest, " \n", true)).toBeUndefined();
  });

  test("is as large as protocol buffers make it", () => {
    const put = messageFromJson(PutRequest, '{"key":"YQ==","value":"YmM=","lease":"300","prev_kv":true}');
    expect(messageBytes(PutRequest, put)).toBe(3 + 4 + 3 + 2);
    const txn = messageFromJson(
      TxnRequest,
      '{"compare":[{"key":"YQ==","version":0}],"success":[{"request_range":{}}]}',
    );
    expect(messageBytes(TxnRequest, txn)).toBe(2 + (3 + 2) + 2 + 2);
    const negative = messageFromJson(PutRequest, '{"lease":-1}');
    expect(messageBytes(PutRequest, negative)).toBe(11);
  });
});

test("base64 may be URL-safe, and may have line ends in it", () => {
  expect(goBase64Decode("-_8=")).toEqual(Uint8Array.of(0xfb, 0xff));
  expect(goBase64Decode("YW\nJj\r\nZA==\n")).toEqual(Uint8Array.from([0x61, 0x62, 0x63, 0x64]));
  expect(goBase64Decode("")).toEqual(new Uint8Array());
});

import { isName, nameFromHostname, nodeIds, nodeName, tierName } from "../../modules/naming";

test("a name is made of the host name", () => {
  expect(nameFromHostname("www.shop.example.com")).toBe("www-shop-example-com");
});

test("tiers and nodes are named after the infrastructure", () => {
  expect(tierName("shop", "load-balancer")).toBe("shop-load-balancer");
  expect(nodeName("shop", "web", "2")).toBe("shop-web-2");
});

test("a larger tier has the nodes of the smaller one and more", () => {
  expect(nodeIds(2)).toEqual(["1", "2"]);
  expect(nodeIds(3).slice(0, 2)).toEqual(nodeIds(2));
});

test.each(["shop", "a", "www-example-com", "x".repeat(40)])("%s is a name", (text) => {
  expect(isName(text)).toBe(true);
});

test.each(["", "Shop", "1shop", "-shop", "shop-", "my shop", "my_shop", "my.shop", "x".repeat(41)])(
  'fails to take "%s" for a name',
  (text) => {
    expect(isName(text)).toBe(false);
  },
);

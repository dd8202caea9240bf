// The TypeScript types of the custom scalars, for example as `config.scalars` of GraphQL Code Generator.

export const scalars = {
  CountryCode: "string",
  CurrencyCode: "string",
  Date: "string",
  DateTime: "string",
  Decimal: "string",
  EmailAddress: "string",
  EventCursor: "string",
  JSON: "unknown",
  PhoneNumber: "string",
  URL: "string",
};

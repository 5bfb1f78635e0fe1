// Chrome's navigator.userAgentData, which TypeScript's DOM library does not know.

interface BrandVersion {
  readonly brand: string;
  readonly version: string;
}
interface UserAgentData {
  readonly brands: readonly BrandVersion[];
  getHighEntropyValues(hints: readonly string[]): Promise<{ readonly fullVersionList?: readonly BrandVersion[] }>;
}
interface Navigator {
  readonly userAgentData?: UserAgentData;
}
interface WorkerNavigator {
  readonly userAgentData?: UserAgentData;
}

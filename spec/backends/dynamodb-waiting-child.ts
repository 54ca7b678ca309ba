import { createCache, type DynamoDbConfig } from 'cachewright';

/** A program with nothing to do but a batch, which a busy table leaves undone at first. */
const cache = createCache({ ...(JSON.parse(process.argv[2]!) as DynamoDbConfig), timeout: 0 });
void cache.multiSet({ a: 1, b: 2 }).then(() => {
  console.log('stored');
  return cache.close();
});

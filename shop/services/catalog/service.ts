// What makes up the service that knows what is for sale?
import { service } from 'offshoot/service';
import { catalog as contract } from '../../contracts/catalog.ts';
import { listProducts, readProduct } from './browse.ts';
import { createProduct, seedProducts } from './create-product.ts';
import { products } from './product.ts';
import { quoteProducts } from './quote.ts';

export const catalog = service(contract, {
  handlers: {
    list: listProducts,
    get: readProduct,
    quote: quoteProducts,
    create: createProduct,
    seed: seedProducts,
  },
  collections: [products],
});

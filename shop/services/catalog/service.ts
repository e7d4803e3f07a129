// What makes up the service that knows what is for sale?
import { service } from 'offshoot/service';
import { catalog as contract } from '../../contracts/catalog.ts';
import { listProducts, readProduct, readProductV2 } from './browse.ts';
import { createProduct, seedProducts } from './create-product.ts';
import { products } from './product.ts';
import { quoteProducts } from './quote.ts';
import { updateProduct } from './update-product.ts';

export const catalog = service(contract, {
  handlers: {
    list: listProducts,
    get: readProduct,
    getV2: readProductV2,
    update: updateProduct,
    quote: quoteProducts,
    create: createProduct,
    seed: seedProducts,
  },
  collections: [products],
});

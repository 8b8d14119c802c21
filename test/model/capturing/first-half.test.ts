import { prove } from '../prove';
import { sales } from './sales';

prove(sales, 0);

// The called side of Nest's TCP microservices. Its decorators are called, not written.
import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessagePattern, Transport } from '@nestjs/microservices';
import { answerTo, type Question } from '../stock.ts';

const [port] = process.argv.slice(2).map(Number);

class StockController {
  look(asked: Question) {
    return answerTo(asked);
  }
}
const look = Object.getOwnPropertyDescriptor(StockController.prototype, 'look')!;
(MessagePattern('stock.look') as any)(StockController.prototype, 'look', look);
Controller()(StockController);
class StockModule {}
Module({ controllers: [StockController] })(StockModule);

const app = await NestFactory.createMicroservice(StockModule, {
  ...{ transport: Transport.TCP, logger: false, options: { host: '127.0.0.1', port: port! } },
} as any);
await app.listen();
console.log(port);
